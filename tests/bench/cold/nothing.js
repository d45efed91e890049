/** The floor: a script that does nothing. */
export async function first() {}
