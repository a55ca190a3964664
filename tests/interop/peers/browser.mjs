// Chromium, headless, with a film for a camera: what a device at a door does. One page at a time.

import { chromium } from 'playwright-core'
import { serve } from './lib.mjs'

let browser
let page
const verdicts = []

serve({
  // Starts it; `film` (YUV4MPEG2) is read when the page asks for a camera.
  async start({ film, width = 1000, height = 900 }) {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
        '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${film}`,
      ],
    })
    const context = await browser.newContext({ viewport: { width, height }, locale: 'en-US' })
    page = await context.newPage()
    page.on('console', (message) => { if (message.type() === 'error') process.stderr.write(`page: ${message.text()}\n`) })
    page.on('pageerror', (error) => process.stderr.write(`page: ${error}\n`))
    await page.exposeFunction('told', (verdict) => { verdicts.push(verdict) })
    await page.addInitScript(() => addEventListener('judged', ({ detail }) => window.told({ ...detail, at: Date.now() })))
    return browser.version()
  },
  async open({ url }) { await page.goto(url) },
  async click({ selector }) { await page.click(selector) },
  async text({ selector }) { return page.textContent(selector) },
  // Waits until the body is in this state.
  async state({ state }) { await page.waitForSelector(`body[data-state="${state}"]`) },
  // The text of the code on its screen, as soon as it is drawn.
  async screen() {
    await page.waitForSelector('#screen[data-code]')
    return page.getAttribute('#screen', 'data-code')
  },
  // What was judged so far, oldest first.
  async verdicts() { return verdicts },
  async type({ text }) { await page.keyboard.type(text); await page.keyboard.press('Enter') },
  // Whether the service worker keeps the page.
  async kept() { await page.evaluate(() => navigator.serviceWorker.ready.then(() => true)) },
  async reload() { await page.reload() },
  async storage() {
    return page.evaluate(async () => {
      const kept = await Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((resolve) => {
        const request = indexedDB.open(name)
        request.onsuccess = () => {
          const stores = [...request.result.objectStoreNames]
          const all = request.result.transaction(stores).objectStore(stores[0]).getAll()
          all.onsuccess = () => { request.result.close(); resolve(all.result.join('\n')) }
        }
      })))
      return [...kept, JSON.stringify(localStorage), document.cookie].join('\n')
    })
  },
  async picture({ path }) { await page.screenshot({ path }) },
  async end() { await browser.close() },
})
