/** The request's body was longer than the reader allows. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
}

/** The client broke off before its body was there. */
export class BodyAborted extends Error {
  override readonly name = 'BodyAborted'
}

/** So many pieces are made one where they are small: a body of a million pieces of a byte would take a hundred times its length. */
const PIECES = 256
/** Larger ones are left as they are. */
const SMALL_BYTES = 65_536

/** A request or a response: it reads its own body for less than one that is made around the stream. */
type BodyOwner = Pick<Request, 'arrayBuffer'>

/** The request's body, read at most once and never far beyond a cap. What was read is what is forwarded. */
export class Body {
  readonly #stream: ReadableStream<Uint8Array> | null
  readonly #owner: BodyOwner | undefined
  /** What `Content-Length` says, or -1. */
  declaredBytes: number
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #chunks: Uint8Array[] = []
  #length = 0
  /** How many pieces came since some were made one, and how long they are. */
  #pieces = 0
  #pieceBytes = 0
  #complete: Uint8Array<ArrayBuffer> | undefined

  /** @param owner whose body the stream is, where it can still be asked to read all of it. */
  constructor(stream: ReadableStream<Uint8Array> | null, declaredBytes: number, owner?: BodyOwner) {
    this.#stream = stream
    this.#owner = owner
    this.declaredBytes = declaredBytes
    if (stream === null) this.#complete = new Uint8Array(0)
  }

  /** Whether the request has a body at all, even an empty one. */
  get present(): boolean {
    return this.#stream !== null
  }

  /**
   * Reads the whole body. A later reader gets the same bytes.
   * @throws {BodyAborted} when the client does not send it to the end.
   * @throws {BodyTooLarge} as soon as it is known to be longer than `maxBytes`; nothing is lost: {@link forward} still gives it whole.
   */
  async bytes(maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.declaredBytes > maxBytes || this.#length > maxBytes) throw new BodyTooLarge()
    if (this.#complete !== undefined) return this.#complete
    // The platform holds a client to the length that it declared, and reads a whole body for less than its pieces cost.
    if (this.declaredBytes >= 0 && this.#reader === undefined) return this.#whole(await readWhole(this.#stream, this.#owner), maxBytes)
    this.#reader ??= (this.#stream as ReadableStream<Uint8Array>).getReader()
    for (;;) {
      const { done, value } = await readOn(this.#reader)
      if (done) break
      this.#keep(value)
      if (this.#length > maxBytes) throw new BodyTooLarge()
    }
    const complete = join(this.#chunks, this.#length)
    this.#chunks = []
    return this.#whole(complete, maxBytes)
  }

  /** Whoever made the request by hand may have declared anything. */
  #whole(bytes: Uint8Array<ArrayBuffer>, maxBytes: number): Uint8Array<ArrayBuffer> {
    this.#complete = bytes
    this.#length = bytes.byteLength
    if (this.#length > maxBytes) throw new BodyTooLarge()
    return bytes
  }

  #keep(piece: Uint8Array): void {
    this.#chunks.push(piece)
    this.#length += piece.byteLength
    this.#pieceBytes += piece.byteLength
    if (++this.#pieces < PIECES) return
    if (this.#pieceBytes <= SMALL_BYTES) this.#chunks.push(join(this.#chunks.splice(-PIECES), this.#pieceBytes))
    this.#pieces = 0
    this.#pieceBytes = 0
  }

  /** Sends other bytes on, which later readers get, too. */
  replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.#complete = bytes
    this.#length = bytes.byteLength
    this.declaredBytes = bytes.byteLength
  }

  /** @returns what is to be sent on: the untouched stream, the bytes that were read, or what was read followed by the rest. */
  forward(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null {
    if (this.#stream === null) return null
    return this.#complete ?? (this.#reader === undefined ? this.#stream : resume(this.#chunks, this.#reader))
  }
}

async function readWhole(stream: ReadableStream<Uint8Array> | null, owner: BodyOwner | undefined): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await (owner ?? new Response(stream)).arrayBuffer())
  } catch (cause) {
    throw new BodyAborted('', { cause })
  }
}

function readOn(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  return reader.read().catch((cause: unknown) => {
    throw new BodyAborted('', { cause })
  })
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const [only] = chunks
  if (chunks.length === 1 && only?.buffer instanceof ArrayBuffer) return only as Uint8Array<ArrayBuffer>
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

function resume(chunks: readonly Uint8Array[], reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
  const pending = chunks.values()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const read = pending.next()
      const { done, value } = read.done === true ? await reader.read() : read
      if (done === true || value === undefined) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
