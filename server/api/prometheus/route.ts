/** How the routes that read are declared: open to pages of other sites, and compressed however short, as upstream does. */
export const READ = { access: 'read', compressFromBytes: 0 } as const;
