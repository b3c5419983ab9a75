export type Build = 'with UI' | 'without UI';

/** How a server was built, by what it answers where nothing is. */
export async function buildOf(url: string): Promise<Build> {
  const answer = await fetch(`${url}/nobody/knows/this`);
  return answer.status === 200 ? 'with UI' : 'without UI';
}
