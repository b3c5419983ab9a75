/** Routes are behind the `#`, so that the window and the console serve the same page: `#/chats/!1%3Aa/members`. */

const screens = ['chats', 'people', 'server', 'welcome', 'login', 'help', 'join', 'link', 'account'] as const;
/** `not-found`: the address names no screen. */
export type Screen = (typeof screens)[number] | 'not-found';

/** `#/people/add`: opens the dialog that adds somebody who can log in. No server has this name. */
export const adds = 'add';

export interface Route {
  readonly screen: Screen;
  /** The rest of the address after the screen's name, decoded. */
  readonly rest: readonly string[];
}

export function routeOf(hash: string): Route {
  const [name, ...rest] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (name === undefined) return { screen: 'chats', rest: [] };
  const screen = screens.find((one) => one === name);
  return screen === undefined ? { screen: 'not-found', rest: [] } : { screen, rest };
}

/** The address of a screen, for `href` and `go`. */
export const href = (screen: Screen, ...rest: readonly string[]): string =>
  `#/${[screen, ...rest].map(encodeURIComponent).join('/')}`;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

class Router {
  route: Route = $state.raw(routeOf(location.hash));
  /** The route that the frame shows; while a login link is used, the previous one. */
  place: Route = $state.raw({ screen: 'chats', rest: [] });

  constructor() {
    this.#take(this.route);
    window.addEventListener('hashchange', () => this.#take(routeOf(location.hash)));
  }

  go(screen: Screen, ...rest: readonly string[]): void {
    location.hash = href(screen, ...rest);
    // The event for it comes later, and until then others would decide by the old place.
    this.#take(routeOf(location.hash));
  }

  /** Like `go`, without an entry in the history. */
  replace(screen: Screen, ...rest: readonly string[]): void {
    history.replaceState(null, '', href(screen, ...rest));
    this.#take({ screen, rest });
  }

  /** Back to where the owner was when the login was needed. */
  leaveLogin(): void {
    this.replace(this.place.screen, ...this.place.rest);
  }

  #take(route: Route): void {
    this.route = route;
    if (route.screen !== 'login') this.place = route;
  }
}

export const router = new Router();
