export type Build = 'with UI' | 'without UI';

/** How a server was built, judged by its answer to unknown paths. */
export async function buildOf(url: string): Promise<Build> {
  const answer = await fetch(`${url}/nobody/knows/this`);
  return answer.status === 200 ? 'with UI' : 'without UI';
}
