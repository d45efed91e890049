// The collector as a Worker has it, direct mode.
import { createCollector } from 'kinesis-edge/collector';

export default createCollector((env) => ({
  region: 'us-east-1',
  endpoint: env.KINESIS,
  streamName: env.STREAM,
  credentials: { accessKeyId: 'OURS', secretAccessKey: 'secret' },
  allowedOrigins: ['https://www.example.com'],
}));
