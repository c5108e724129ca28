// Drives the published Segment client: node send.mjs HOST WRITE_KEY SCENARIO
// Prints one JSON line: how many messages the client counts as delivered, and what it reports as failed.
import { Analytics } from '@segment/analytics-node'

const [host, writeKey, scenario] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey, flushAt: scenario === 'too-fast' ? 1 : 20, flushInterval: 200 })

const failures = []
let delivered = 0
const sent = []
analytics.on('error', (e) => failures.push(String(e.reason ?? e)))
const note = (resolve) => (err) => {
  if (err) failures.push(String(err))
  else delivered++
  resolve()
}
const call = (kind, message) => sent.push(new Promise((resolve) => analytics[kind](message, note(resolve))))

const timestamp = new Date('2026-03-01T10:00:00.000Z')
if (scenario === 'all') {
  call('identify', { userId: 'ann', traits: { email: 'ann@example.com', name: 'Ann 👩‍🚀' }, timestamp })
  call('track', { userId: 'ann', event: 'Order Completed', properties: { order_id: 'o-1', total: 19.9, currency: 'EUR', products: [{ sku: 'A', quantity: 2 }] }, timestamp })
  call('page', { anonymousId: 'visitor', category: 'Shop', name: 'Home', properties: { url: 'https://shop.example/' }, timestamp })
  call('screen', { userId: 'ann', name: 'Start', timestamp })
  call('group', { userId: 'ann', groupId: 'club', traits: { plan: 'pro' }, timestamp })
  call('alias', { userId: 'ann', previousId: 'visitor', timestamp })
} else {
  for (let i = 0; i < 3; i++) call('track', { userId: 'ann', event: `Event ${i}`, timestamp })
}
await Promise.all(sent)
await analytics.closeAndFlush({ timeout: 20_000 })
console.log(JSON.stringify({ delivered, failures }))
