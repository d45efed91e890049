/** A copy of an object without the members that are `undefined` or `null`: both count as absent. */
export function presentMembers<T extends object>(object: T): Partial<T> {
  // `Object.fromEntries` loses the names of the members in its type.
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => (value ?? undefined) !== undefined),
  ) as Partial<T>;
}
