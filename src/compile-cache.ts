import * as node from 'node:module';

// From Node 22 on: compiled code is kept in the temporary folder, and the next start is quicker. To be imported first.
(node as { enableCompileCache?: () => unknown }).enableCompileCache?.();
