/** Whether only this computer reaches that address. */
export function isLocal(address: string): boolean {
  const host = URL.parse(address)?.hostname ?? '';
  return /^(?:localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])$/.test(host);
}
