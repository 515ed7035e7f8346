/** How the routes that read are declared: open to pages of other sites, compressed however short, and not for HEAD, as upstream has them. */
export const READ = { config: { access: 'read', compressFromBytes: 0 }, exposeHeadRoute: false } as const;
