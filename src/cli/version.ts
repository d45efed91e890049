/** The version of the package: the build puts it here. */
declare const KINESIS_EDGE_VERSION: string;

export const VERSION = KINESIS_EDGE_VERSION;
