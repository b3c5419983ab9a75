/** What the page may do, in the window and in the console: load what was built with it, ask its own node, no more. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What of the machine the page may ask for: the camera, which reads invites, and nothing for a frame in it. */
export const permissionsPolicy = 'camera=(self), microphone=(), geolocation=()';
