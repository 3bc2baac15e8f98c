import type { DreyServer } from './drey-server.ts';
import type { Nginx } from './nginx-server.ts';

/** What every contest finds set up. */
export type Workbench = {
  drey: DreyServer;
  nginx: Nginx;
  /** A bare `express.static` over the same files as nginx. */
  expressOrigin: string;
  /** Where nginx stores what is PUT to `/put/`. */
  putFolder: string;
  /** A folder for what a contest needs itself. */
  scratch: string;
};
