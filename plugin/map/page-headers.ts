import type { NextFunction, Request, Response } from 'express';

/** Nothing from outside, nothing inline, in nobody's frame; and no text may become markup by way of the DOM. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

export function pageHeaders(_: Request, response: Response, next: NextFunction): void {
  response.set({
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  next();
}

/** On loopback a page of another name, which a hostile DNS server points here, gets nothing. */
export function onlyLoopbackNames(request: Request, response: Response, next: NextFunction): void {
  if (/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/u.test(request.headers.host ?? '')) next();
  else response.status(421).type('text').send('This is not the address that the map is served at.\n');
}
