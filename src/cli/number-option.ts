import { InvalidArgumentError } from 'commander';

/** A reader of an option that is a number within limits. */
export function numberWithin(least: number, most: number, isWhole = true): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isNumber = /^\d+(\.\d+)?$/.test(text) && (!isWhole || Number.isInteger(value));
    if (isNumber && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}.`);
  };
}
