// Cloudflare Workers: the module is part of the upload.
import './workerd.js';

export * from './collector.js';
