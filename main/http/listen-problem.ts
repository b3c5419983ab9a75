/** Why a listener could not open, in a sentence; `null` for what is no such error of the system. */
export function listenProblem(error: unknown): string | null {
  const { code, syscall, port, address } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (syscall !== 'listen' && syscall !== 'bind') return null;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use, by another node or another program.`;
  if (code === 'EACCES')
    return `Port ${port} is for administrators only; those above 1023 are for everybody.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine.`;
  return null;
}
