import { parseXml, XmlElement, XmlText } from '@rgrove/parse-xml';
import { type Said, said } from '../../../../shared/words/said.ts';

/** Parses what a UPnP router says, and writes requests to it. Pure. */

export interface IgdService {
  readonly type: string;
  /** Path and query on the router. */
  readonly control: string;
}

/** Services that map ports, best first: version 2 finds a free port on its own. */
export const mappingServices = [
  'urn:schemas-upnp-org:service:WANIPConnection:2',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
];
export const pinholeServices = ['urn:schemas-upnp-org:service:WANIPv6FirewallControl:1'];

export interface SoapFault {
  readonly code: number;
  readonly text: string;
}

/** A description has about fifty elements, eight levels deep; nothing else from a router is longer. */
const tagsMax = 4_000;
const depthMax = 32;
const valueCharsMax = 512;

const elementsOf = (element: XmlElement): XmlElement[] =>
  element.children.filter((child) => child instanceof XmlElement);
/** Prefixes differ between routers. */
const localName = ({ name }: XmlElement): string => name.slice(name.lastIndexOf(':') + 1);

/** In document order, down to the depth we need. */
function descendants(root: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  const left = elementsOf(root).map((element) => ({ element, depth: 1 }));
  left.reverse();
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { element, depth } = next;
    found.push(element);
    if (depth === depthMax) continue;
    for (const child of elementsOf(element).reverse()) left.push({ element: child, depth: depth + 1 });
  }
  return found;
}

/** The element's own text, without that of its children; empty if it is too long to be a value. */
function ownText({ children }: XmlElement): string {
  const text = children
    .filter((child) => child instanceof XmlText)
    .map((child) => child.text)
    .join('')
    .trim();
  return text.length > valueCharsMax ? '' : text;
}

function textOf(element: XmlElement, name: string): string {
  const found = elementsOf(element).find((child) => localName(child) === name);
  return found === undefined ? '' : ownText(found);
}

/** XML from a router; `null` if it isn't XML, or is longer than a router has reason to send. */
function rootOf(xml: string): XmlElement | null {
  if (xml.split('<', tagsMax + 1).length > tagsMax) return null;
  try {
    return parseXml(xml.trim(), { ignoreUndefinedEntities: true }).root;
  } catch {
    return null;
  }
}

/** The best of the wanted services in a device description; `null` without one. */
export function findService(description: string, wanted: readonly string[]): IgdService | null {
  const root = rootOf(description);
  if (!root) return null;
  const services = descendants(root)
    .filter((element) => localName(element) === 'service')
    .map((element) => ({ type: textOf(element, 'serviceType'), url: textOf(element, 'controlURL') }));
  for (const type of wanted) {
    const found = services.find((service) => service.type === type);
    // The path alone counts: the router is called where it answered from, wherever it points.
    const url = found && URL.parse(found.url, 'http://router.invalid/');
    if (url) return { type, control: url.pathname + url.search };
  }
  return null;
}

/** Arguments in the order of the service's description, which some routers insist on. */
export function soapCall(
  type: string,
  action: string,
  args: Readonly<Record<string, string | number>>,
): string {
  const fields = Object.entries(args).map(([name, value]) => `<${name}>${escaped(String(value))}</${name}>`);
  return `<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:${action} xmlns:u="${type}">${fields.join('')}</u:${action}></s:Body></s:Envelope>
`;
}

/** The fields of the answer by name, the fault in it, or `null` for anything else. */
export function readSoap(
  xml: string,
  action: string,
): { readonly fields: ReadonlyMap<string, string> } | { readonly fault: SoapFault } | null {
  const root = rootOf(xml);
  if (!root) return null;
  for (const element of descendants(root)) {
    if (localName(element) === `${action}Response`)
      return { fields: new Map(elementsOf(element).map((field) => [localName(field), ownText(field)])) };
    if (localName(element) === 'UPnPError')
      return {
        fault: { code: Number(textOf(element, 'errorCode')), text: textOf(element, 'errorDescription') },
      };
  }
  return null;
}

const escaped = (text: string): string =>
  text.replace(/[<>&]/g, (sign) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[sign] ?? '');

export const faults = {
  /** 718: another machine holds the port; 729: something else in the router does. */
  conflict: [718, 729],
  permanentOnly: [725],
  samePortOnly: [724],
  /** Action failed: the answer of routers that have no public address to map. */
  failed: [501],
} as const;

const reasons: Readonly<Record<number, Said>> = {
  401: said('router.why_unknown_request'),
  402: said('router.why_invalid'),
  501: said('router.why_failed'),
  600: said('router.why_invalid'),
  605: said('router.why_invalid'),
  606: said('router.why_not_allowed'),
  701: said('router.why_not_allowed'),
  702: said('router.why_no_pinholes'),
  703: said('router.why_pinholes_off'),
  708: said('router.why_inside_address'),
  715: said('router.why_name_remote'),
  716: said('router.why_name_port'),
  718: said('router.why_taken'),
  724: said('router.why_same_port'),
  727: said('router.why_any_port'),
  728: said('router.why_no_free_port'),
  729: said('router.why_own_port'),
};

/** The reason, to follow “the router refused:”. The router's own words only if they are short and plain. */
export const faultReason = ({ code, text }: SoapFault): Said =>
  reasons[code] ??
  (/^[\w .,'()-]{1,80}$/.test(text)
    ? said('router.why_code_says', { code, quote: text })
    : said('router.why_code', { code }));
