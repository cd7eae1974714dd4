import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Weight } from './faces.ts';

/** Of hb-subset.h: hints dropped, glyph numbers and the empty box kept, no glyphs added for what substitution could want. */
const flags = 0x1 | 0x2 | 0x40 | 0x200;
const droppedTablesSet = 3;
const droppedTables = [
  'GSUB',
  'GPOS',
  'GDEF',
  'STAT',
  'name',
  'post',
  'gasp',
  'DSIG',
  'meta',
  'vhea',
  'vmtx',
  'BASE',
  'kern',
];
const writable = 2;

type Subsetter = { memory: WebAssembly.Memory; call: (name: string, ...values: number[]) => number };

/** A TrueType file with those glyphs alone, under the same numbers, at that weight. @throws Error where the font is broken */
export type SubsetFont = (data: Uint8Array, glyphs: Iterable<number>, weight: Weight) => Uint8Array;

let compiled: Promise<WebAssembly.Module> | undefined;

/** HarfBuzz's subsetter with a memory of its own, which goes when it is let go of. */
export async function createSubsetter(): Promise<SubsetFont> {
  compiled ??= compileSubsetter();
  const subsetter = startSubsetter(await compiled);
  return (data, glyphs, weight) => subsetFont(subsetter, data, glyphs, weight);
}

function subsetFont(
  { memory, call }: Subsetter,
  data: Uint8Array,
  glyphs: Iterable<number>,
  weight: Weight,
): Uint8Array {
  const fontAt = call('malloc', data.byteLength);
  new Uint8Array(memory.buffer).set(data, fontAt);
  const blob = call('hb_blob_create', fontAt, data.byteLength, writable, 0, 0);
  const face = call('hb_face_create', blob, 0);
  const input = call('hb_subset_input_create_or_fail');
  try {
    call('hb_subset_input_set_flags', input, flags);
    const wanted = call('hb_subset_input_glyph_set', input);
    for (const glyph of glyphs) call('hb_set_add', wanted, glyph);
    const dropped = call('hb_subset_input_set', input, droppedTablesSet);
    for (const table of droppedTables) call('hb_set_add', dropped, tagOf(table));
    call('hb_subset_input_pin_all_axes_to_default', input, face);
    call('hb_subset_input_pin_axis_location', input, face, tagOf('wght'), weight);
    const subset = call('hb_subset_or_fail', face, input);
    if (subset === 0) throw new Error('A font could not be cut down to the glyphs used');
    const result = call('hb_face_reference_blob', subset);
    const length = call('hb_blob_get_length', result);
    const at = call('hb_blob_get_data', result, 0);
    const bytes = new Uint8Array(memory.buffer).slice(at, at + length);
    call('hb_blob_destroy', result);
    call('hb_face_destroy', subset);
    return bytes;
  } finally {
    call('hb_subset_input_destroy', input);
    call('hb_face_destroy', face);
    call('hb_blob_destroy', blob);
    call('free', fontAt);
  }
}

function tagOf(name: string): number {
  return Buffer.from(name.padEnd(4)).readUInt32BE();
}

async function compileSubsetter(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(
    await readFile(createRequire(import.meta.url).resolve('harfbuzzjs/dist/harfbuzz-subset.wasm')),
  );
}

function startSubsetter(module: WebAssembly.Module): Subsetter {
  const instance = new WebAssembly.Instance(module);
  const { memory, ...functions } = instance.exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('The font subsetter has no memory');
  const call = (name: string, ...values: number[]): number => {
    const run = functions[name];
    if (typeof run !== 'function') throw new Error(`The font subsetter has no ${name}`);
    return Number(run(...values) ?? 0);
  };
  call('_initialize');
  return { memory, call };
}
