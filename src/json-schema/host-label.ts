/** RFC 1035 §2.3.4. */
const MAX_LABEL = 63

/** Letters, digits and hyphens, no hyphen at either end. */
export function isHostLabel(label: string): boolean {
  return label.length <= MAX_LABEL && /^[A-Za-z0-9-]+$/.test(label) && !label.startsWith('-') && !label.endsWith('-')
}

/** A domain name with labels of any script. */
export function isWideDomain(text: string): boolean {
  return text.length <= 253 && text.split(/[.\u3002\uff0e\uff61]/u).every(isWideLabel)
}

function isWideLabel(label: string): boolean {
  return label !== '' && label.length <= MAX_LABEL && !label.startsWith('-') && !label.endsWith('-') && /^[\p{L}\p{M}\p{N}-]+$/u.test(label)
}
