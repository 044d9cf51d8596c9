import { defineCommand } from 'citty'

/** Everything that the command line can do. What a command needs is loaded when it is called. */
export const root = defineCommand({
  meta: { name: 'portcullis', version: '0.1.0', description: 'Runs and checks a Portcullis gateway' },
  subCommands: {
    status: () => import('./status.ts').then(({ status }) => status),
    keys: () => import('./keys.ts').then(({ keys }) => keys),
    ban: () => import('./bans.ts').then(({ ban }) => ban),
    killswitch: () => import('./kill-switches.ts').then(({ killswitch }) => killswitch),
    override: () => import('./overrides.ts').then(({ override }) => override),
    revoke: () => import('./revoke.ts').then(({ revoke }) => revoke),
    audit: () => import('./audit.ts').then(({ audit }) => audit),
    doctor: () => import('./doctor/doctor-command.ts').then(({ doctor }) => doctor),
    inventory: () => import('./inventory/inventory-command.ts').then(({ inventory }) => inventory),
    import: () => import('./import.ts').then(({ importCommand }) => importCommand),
    check: () => import('./check-command.ts').then(({ check }) => check),
  },
})
