import { type Said, said } from '../../shared/words/said.ts';

/** Why a listener could not open; `null` for what is no such error of the system. */
export function listenProblem(error: unknown): Said | null {
  const {
    code,
    syscall,
    port = 0,
    address = '',
  } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (syscall !== 'listen' && syscall !== 'bind') return null;
  if (code === 'EADDRINUSE') return said('listen.in_use', { port, address });
  if (code === 'EACCES') return said('listen.privileged', { port });
  return code === 'EADDRNOTAVAIL' ? said('listen.not_ours', { address }) : null;
}
