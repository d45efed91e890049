// Vite gives a page only the variables with these prefixes. `kinesis-edge dev` sets the second.
export default { envPrefix: ['VITE_', 'AWS_ENDPOINT_URL_KINESIS'] };
