// What the device keeps: of its gate the package (with the venue's key), the trust bundle, its token and the policy of its entry log; and what the
// gate's core writes down (`stored`, `write`): which tickets were used, and sealed rows. What is written here is durable when the promise is kept.

const NAMES = ["package", "bundle", "token", "log"];

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("jigap-gate", 2);
    request.onupgradeneeded = () => {
      const { result } = request;
      for (const name of ["kept", "store"]) if (!result.objectStoreNames.contains(name)) result.createObjectStore(name);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(mode, work) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const change = database.transaction(["kept", "store"], mode, { durability: "strict" });
      const result = work(change.objectStore("kept"), change.objectStore("store"));
      change.oncomplete = () => resolve(result);
      change.onabort = change.onerror = () => reject(change.error);
    });
  } finally {
    database.close();
  }
}

// All of it, or what is not there as undefined.
export async function kept() {
  const requests = await within("readonly", (store) => NAMES.map((name) => [name, store.get(name)]));
  return Object.fromEntries(requests.map(([name, request]) => [name, request.result]));
}

// How far the core heard what other gates let in, and that it heard all (web/src/sharing.rs).
const HEARD = ["page/heard", "page/met"].map((key) => btoa(key).replaceAll("=", ""));

// Keeps these, all or none.
export function keep(values, change = () => {}) {
  return within("readwrite", (kept, store) => {
    for (const [name, value] of Object.entries(values)) kept.put(value, name);
    change(store);
  });
}

// Keeps the pairing with another gate, or with this one anew. What the core wrote down of another goes; of this one it has not heard yet
// what was let in meanwhile.
export function pairing(values, another) {
  return keep(values, (store) => (another ? store.clear() : HEARD.forEach((key) => store.delete(key))));
}

export function forget() {
  return within("readwrite", (kept, store) => { kept.clear(); store.clear(); });
}

// What the core wrote down, as JSON.
export async function stored() {
  const [keys, values] = await within("readonly", (_, store) => [store.getAllKeys(), store.getAll()]);
  return JSON.stringify(Object.fromEntries(keys.result.map((key, place) => [key, values.result[place]])));
}

// Writes down what the core changed: all or nothing.
export function write(changes) {
  return within("readwrite", (_, store) => {
    for (const [key, value] of Object.entries(JSON.parse(changes))) value === null ? store.delete(key) : store.put(value, key);
  });
}
