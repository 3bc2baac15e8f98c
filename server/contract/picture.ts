/** Whether the server makes a small picture of a file of this name. */
export function hasThumbnail(name: string): boolean {
  return /\.(?:png|jpe?g|gif|webp|avif|tiff?)$/i.test(name);
}
