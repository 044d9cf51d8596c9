#!/usr/bin/env node
// `npx portcullis …` in a clone: the Node of its toolchain, which runs TypeScript as it is. docs/command-line.md says the rest.
import { root } from './root.ts'
import { run } from './run.ts'
import { processTerminal } from './terminal.ts'

process.exitCode = await run(root, process.argv.slice(2), processTerminal())
