/** @returns an https URL without user information, taken apart; `undefined` for any other text. */
export function httpsUrl(text: string): URL | undefined {
  const url = URL.parse(text)
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === '' ? url : undefined
}

/** Whether a text is the address of something over https: without user information and fragment. */
export function isHttpsAddress(text: string): boolean {
  return httpsUrl(text)?.hash === ''
}
