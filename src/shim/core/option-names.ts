import { kindOf } from './data.js';
import { KinesisError } from './error.js';

/** The names of the options of something. */
export interface OptionNames {
  /** What has the options, for messages. */
  owner: string;
  known: readonly string[];
  /** Names that other libraries have for some of the options, each with the name here. */
  namesElsewhere?: Readonly<Record<string, string>>;
}

/**
 * Refuses an option that does not exist but resembles one that does: the name that another library has for it, the same
 * letters in another case, the beginning of its name, or a name with up to two letters that differ. Any other name is
 * ignored, so that one object may have the options of a client and of a producer.
 */
export function checkSpelling(options: unknown, names: OptionNames): void {
  if (isObject(options, names)) refuseMisspelt(options, names);
}

/** Refuses every option that does not exist. */
export function checkKnown(options: unknown, names: OptionNames): void {
  if (isObject(options, names)) refuseMisspelt(options, names, names.known.join(' or '));
}

/** False where there are no options. Throws where they are no object. */
function isObject(options: unknown, { owner, known }: OptionNames): options is object {
  if (options === undefined || options === null) return false;
  if (typeof options === 'object' && !Array.isArray(options)) return true;
  throw KinesisError.invalid(
    `the options of ${owner} must be an object with ${known.join(', ')}, not ${kindOf(options)}`,
  );
}

/**
 * Refuses names that resemble an option, as `checkSpelling` does, without a check that `options` is an object.
 * @param otherwise what to write in place of a name that resembles none; without it such a name is ignored
 */
export function refuseMisspelt(options: object, names: OptionNames, otherwise?: string): void {
  const { owner, known, namesElsewhere } = names;
  for (const name of Object.keys(options)) {
    if (known.includes(name) || (options as Record<string, unknown>)[name] === undefined) continue;
    const meant = meantBy(name, known, namesElsewhere) ?? otherwise;
    if (meant) throw KinesisError.invalid(`${name} is not an option of ${owner}: write ${meant}`);
  }
}

function meantBy(name: string, known: readonly string[], namesElsewhere: OptionNames['namesElsewhere'] = {}) {
  // A name such as `constructor` is in every object.
  const isElsewhere = Object.prototype.hasOwnProperty.call(namesElsewhere, name);
  return isElsewhere ? namesElsewhere[name] : nearestName(name, known);
}

/** The known name that a name resembles: it has the same letters, begins with them, or differs in few. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(name);
  const isShort = letters.length < LETTERS_MIN;
  if (letters.length < LETTERS_MIN - 1) return undefined;
  return (
    known.find((other) => lettersOf(other) === letters) ??
    known.find((other) => !isShort && lettersOf(other).startsWith(letters)) ??
    closest(letters, known, isShort ? 1 : LETTERS_THAT_DIFFER_MAX)
  );
}

/** The name with the fewest letters that differ, if they are no more than `most`. */
function closest(letters: string, known: readonly string[], most: number): string | undefined {
  const distances = known.map((other) => distance(lettersOf(other), letters));
  const least = Math.min(...distances);
  return least <= most ? known[distances.indexOf(least)] : undefined;
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}

/** The letters to add, to leave out or to replace (Levenshtein). */
function distance(one: string, other: string): number {
  let row = [...other, ''].map((_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (row[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}

const LETTERS_THAT_DIFFER_MAX = 2;
/** A shorter name resembles too many. One that is a letter shorter than this may differ in one letter only. */
const LETTERS_MIN = 4;
