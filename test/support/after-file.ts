import { cleanUp } from './cleanup';

afterAll(cleanUp, 60_000);
