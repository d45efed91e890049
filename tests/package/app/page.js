import { putFromPage } from './put.js';

putFromPage();
