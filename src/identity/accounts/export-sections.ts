import type { Type } from '@nestjs/common';

/** A member of the document that GET /me/export answers, and the class that documents what stands in it. */
export interface ExportSection<T extends object> {
  readonly name: string;
  readonly of: Type<T>;
  readonly description: string;
}

const sections = new Map<string, ExportSection<object>>();

/**
 * Declares a section of the export: a list of `of`. To be called where a module's file is loaded, since the OpenAPI document
 * is made of these without any instance. What is read for it is registered with ExportRegistry.
 */
export function exportSection<T extends object>(name: string, of: Type<T>, description: string): ExportSection<T> {
  if (sections.has(name)) throw new Error(`Two sections of the export are named ${name}`);
  const section = { name, of, description };
  sections.set(name, section);
  return section;
}

/** All that were declared, by name. */
export function exportSections(): readonly ExportSection<object>[] {
  return [...sections.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
