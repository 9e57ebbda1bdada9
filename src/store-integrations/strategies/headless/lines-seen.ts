import type { SectionName, StepReport } from '../../recipes';

/** At which line of its goods a run is, by what it reports. */
export class LinesSeen {
  private at = -1;
  private last: SectionName | null = null;

  readonly onStep = ({ section }: Pick<StepReport, 'section'>): void => {
    if (section === 'signIn' || section === 'emptyCart') this.at = -1;
    if (section === 'findProduct' && this.last !== 'findProduct') this.at += 1;
    this.last = section;
  };

  /** Of a run that stopped in this section; null where it was not about one line. */
  of<Line>(lines: readonly Line[], section: SectionName): Line | null {
    if (lines.length === 1) return lines[0]!;
    if (section !== 'findProduct' && section !== 'chooseVariant' && section !== 'add') return null;
    const isNext = section === 'findProduct' && this.last !== 'findProduct';
    return lines[this.at + (isNext ? 1 : 0)] ?? null;
  }
}
