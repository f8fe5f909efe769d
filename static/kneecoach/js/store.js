// The phone's own memory: what waits to be sent ("outbox"), and what the app keeps for later ("kept").

const NAME = "kneecoach";
const VERSION = 1;

let opened = null;

/** The database, opened once. Rejects where the browser has none (private mode, storage full). */
export function openStore() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
      request.result.createObjectStore("kept", { keyPath: "key" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("The store is held by an older page."));
  });
  opened.catch(() => (opened = null));
  return opened;
}

/**
 * Do something with one store and wait until it is on disk.
 * @template T
 * @param {"outbox"|"kept"} name
 * @param {"readonly"|"readwrite"} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>} the result, once the transaction is complete
 */
export async function within(name, mode, act) {
  const database = await openStore();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, { durability: "strict" });
    const request = act(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}
