import { readFileSync, writeFileSync } from 'node:fs';
import type { MailWorld, Mail } from './world';

interface Kept {
  ports: Record<string, number>;
  accounts: { address: string; password: string; folders: KeptFolder[] }[];
}

interface KeptFolder {
  name: string;
  uidValidity: number;
  uidNext: number;
  mails: (Omit<Mail, 'flags' | 'at'> & { flags: string[]; at: string })[];
}

/** Writes the accounts, their mail and the ports into a file, so that another start goes on from there. */
export class Keeping {
  constructor(private readonly file: string) {}

  /** Puts back what was kept; gives the ports. */
  load(world: MailWorld): Record<string, number> {
    let kept: Kept;
    try {
      kept = JSON.parse(readFileSync(this.file, 'utf8')) as Kept;
    } catch {
      return {};
    }
    for (const { address, password, folders } of kept.accounts) {
      const account = world.account(address, password);
      for (const { mails, ...folder } of folders)
        account.folders.set(folder.name, {
          ...folder,
          mails: mails.map((mail) => ({ ...mail, flags: new Set(mail.flags), at: new Date(mail.at) })),
        });
    }
    return kept.ports;
  }

  save(world: MailWorld, ports: Record<string, number>): void {
    const accounts = [...world.accounts.values()].map(({ address, password, folders }) => ({
      ...{ address, password },
      folders: [...folders.values()].map(({ mails, ...folder }) => ({
        ...folder,
        mails: mails.map((mail) => ({ ...mail, flags: [...mail.flags] })),
      })),
    }));
    writeFileSync(this.file, JSON.stringify({ ports, accounts }));
  }
}
