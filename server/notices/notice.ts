/** Something that happened to a link, as it is told to a webhook; mail is made of the same. Never holds its address. */
export type Notice = {
  /** Of this notice: one that comes twice, since its receipt was not heard, has the same. */
  id: string;
  event: 'link.first_download' | 'link.dropped' | 'link.expiring';
  /** ISO 8601. */
  at: string;
  link: {
    id: string;
    label: string | null;
    /** As URIs. */
    items: string[];
    createdBy: string;
    expiresAt: string | null;
    /** Where its owner sees what was done with it; null where no public URL is set. */
    page: string | null;
  };
  /** Of a download or a drop: what it was, under the link. The first names of many. */
  files?: { count: number; bytes: number; names: string[] };
  /** Whoever did it: what program, from where, and the name they gave themselves. */
  by?: { client: string; address: string; sender: string | null };
};
