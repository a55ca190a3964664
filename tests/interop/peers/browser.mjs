// Chromium, headless, with a film for a camera: what a device at a door does. One page at a time.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'
import axe from 'axe-core'
import { chromium } from 'playwright-core'
import { serve } from './lib.mjs'

let browser
let page
const verdicts = []

const PLAIN = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
]
const launch = (more) => chromium.launch({ executablePath: '/usr/bin/chromium', args: [...PLAIN, ...more] })

/** Files of two folders on loopback, and an empty page. */
async function files(pages, pictures) {
  const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' }
  const server = createServer(async ({ url }, answer) => {
    const name = basename(url)
    if (!name) return answer.setHeader('content-type', 'text/html').end('<!doctype html>')
    const bytes = await readFile(join(url.startsWith('/pictures/') ? pictures : pages, name)).catch(() => null)
    answer.statusCode = bytes ? 200 : 404
    answer.setHeader('content-type', types[name.slice(name.lastIndexOf('.'))] ?? 'application/octet-stream').end(bytes)
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  return server
}

serve({
  // Starts it; `film` (YUV4MPEG2) is read when the page asks for a camera, and it is where `position` says (`{latitude, longitude}`).
  async start({ film, width = 1000, height = 900, locale = 'en-US', position, dark = false }) {
    browser = await launch(film ? [
      '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${film}`,
    ] : [])
    const permissions = position ? ['geolocation'] : []
    const colorScheme = dark ? 'dark' : 'light'
    const context = await browser.newContext({ viewport: { width, height }, locale, permissions, geolocation: position, colorScheme })
    page = await context.newPage()
    page.on('console', (message) => { if (message.type() === 'error') process.stderr.write(`page: ${message.text()}\n`) })
    page.on('pageerror', (error) => process.stderr.write(`page: ${error}\n`))
    await page.exposeFunction('told', (verdict) => { verdicts.push(verdict) })
    await page.addInitScript(() => addEventListener('judged', ({ detail }) => window.told({ ...detail, at: Date.now() })))
    return browser.version()
  },
  async address() { return page.url() },
  async open({ url }) { await page.goto(url) },
  async click({ selector }) { await page.click(selector) },
  async text({ selector }) { return page.textContent(selector) },
  async texts({ selector }) { return page.locator(selector).allInnerTexts() },
  // Waits until it is seen, or until the first of it says `text`.
  async seen({ selector, text }) { await page.locator(selector, text ? { hasText: text } : {}).first().waitFor() },
  async fill({ selector, text }) { await page.fill(selector, text) },
  // As somebody types, key by key.
  async write({ selector, text }) { await page.locator(selector).pressSequentially(text) },
  async press({ key }) { await page.keyboard.press(key) },
  async choose({ selector, value }) { await page.selectOption(selector, value) },
  async attribute({ selector, name }) { return page.getAttribute(selector, name) },
  // What `axe` finds wrong with the page as it is: rules of WCAG 2.2 A and AA, and how many places break each.
  async barriers() {
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  },
  // Whether the page is wider than its window.
  async overflows() { return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth) },
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
  // Says that there is a network again.
  async online() { await page.evaluate(() => { dispatchEvent(new Event('online')) }) },
  async storage() {
    return page.evaluate(async () => {
      const kept = await Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((resolve) => {
        const request = indexedDB.open(name)
        request.onsuccess = () => {
          const stores = [...request.result.objectStoreNames]
          const reading = request.result.transaction(stores)
          const all = stores.flatMap((name) => [reading.objectStore(name).getAllKeys(), reading.objectStore(name).getAll()])
          reading.oncomplete = () => { request.result.close(); resolve(all.flatMap(({ result }) => result).join('\n')) }
        }
      })))
      return [...kept, JSON.stringify(localStorage), document.cookie].join('\n')
    })
  },
  async picture({ path }) { await page.screenshot({ path }) },
  // How long the page's core takes, in milliseconds: for each of `codes`, judged at `now` by a gate that was opened before, and for each of `pictures` (grey, one
  // byte a pixel, in the folder) to be read, with what was read.
  async measure({ pages, folder, package: settings, bundle, opened, now, codes, pictures, width, height }) {
    const [server, timed] = [await files(pages, folder), await launch([])]
    try {
      const blank = await timed.newPage()
      await blank.goto(`http://127.0.0.1:${server.address().port}/`)
      return await blank.evaluate(async ({ settings, bundle, opened, now, codes, pictures, width, height }) => {
        const core = await import('/jigap_web.js')
        await core.default({ module_or_path: '/jigap_web_bg.wasm' })
        const encoded = (text) => new TextEncoder().encode(text)
        const gate = new core.Scanner(encoded(settings), encoded(bundle), '{}', undefined, opened)
        const judged = codes.map((code) => {
          const began = performance.now()
          const verdict = gate.judge(code, now, false)
          return { took: performance.now() - began, open: JSON.parse(verdict).open }
        })
        const read = []
        for (const name of pictures) {
          const grey = new Uint8Array(await (await fetch(`/pictures/${name}`)).arrayBuffer())
          const rgba = new Uint8Array(4 * width * height).fill(255)
          grey.forEach((value, at) => rgba.fill(value, 4 * at, 4 * at + 3))
          const began = performance.now()
          const texts = core.codes(rgba, width, height)
          read.push({ took: performance.now() - began, texts })
        }
        return { judged, read }
      }, { settings, bundle, opened, now, codes, pictures, width, height })
    } finally {
      await timed.close()
      server.close()
    }
  },
  async end() { await browser.close() },
})
