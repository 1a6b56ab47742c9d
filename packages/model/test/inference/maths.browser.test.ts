import { mathsTests } from './maths.js';

mathsTests();
