// What the device keeps of its gate: the package (with the venue's key), the trust bundle, its token. Nothing about visitors.

const NAMES = ["package", "bundle", "token"];

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("jigap-gate", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("kept");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(mode, work) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const change = database.transaction("kept", mode, { durability: "strict" });
      const result = work(change.objectStore("kept"));
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

// Keeps these, all or none.
export function keep(values) {
  return within("readwrite", (store) => {
    for (const [name, value] of Object.entries(values)) store.put(value, name);
  });
}

export function forget() {
  return within("readwrite", (store) => { store.clear(); });
}
