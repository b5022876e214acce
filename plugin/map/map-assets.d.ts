/** Made by the build from `page/`: dist/map-assets.mjs. */
declare module '#map-assets' {
  export const ASSETS: Readonly<
    Record<'index.html' | 'login.html' | 'page.js' | 'login.js' | 'page.css', string>
  >;
}
