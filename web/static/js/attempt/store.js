/* What is answered and not yet acknowledged, kept in this browser on the disk: it survives a closed window,
   a crashed browser and a dead server. A thing leaves the store only when the server has said that it has it. */
const NAME = "zhixi-exams";
const EVENTS = "events";
const STRICT = { durability: "strict" };
const KEEP_DAYS = 14;
const PATIENCE = 4000;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const finished = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });

function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    const made = request.result.createObjectStore(EVENTS, { keyPath: ["attempt", "page", "sequence"] });
    made.createIndex("attempt", "attempt");
  };
  return done(request);
}

/* The store of one attempt. Without a place on the disk it keeps things in the page, and `lasts` is false. */
export async function openStore(attempt, person) {
  try {
    return await inTime(opened(attempt, person));
  } catch {
    return new Passing();
  }
}

async function opened(attempt, person) {
  const store = new Kept(await open(), attempt, person);
  await store.forgetOld();
  return store;
}

/* Some browsers never answer. The exam does not wait for them. */
const inTime = (wanted) => Promise.race([wanted, new Promise((_, reject) => setTimeout(reject, PATIENCE))]);

class Kept {
  lasts = true;

  constructor(database, attempt, person) {
    Object.assign(this, { database, attempt, person });
  }

  /* Async, so that a store that is shut in the middle fails as a promise and holds up nothing. */
  async write(act) {
    const transaction = this.database.transaction(EVENTS, "readwrite", STRICT);
    act(transaction.objectStore(EVENTS));
    return finished(transaction);
  }

  /* Add events of `page` and take others out, both or neither. */
  put(page, added, removed = []) {
    return this.write((events) => {
      for (const one of removed) events.delete([this.attempt, one.page ?? page, one.sequence]);
      for (const one of added) events.put({ ...one, page, attempt: this.attempt, person: this.person, kept: Date.now() });
      events.transaction.commit(); // at once: the page may be closing
    });
  }

  async all() {
    const transaction = this.database.transaction(EVENTS, "readonly");
    const found = await done(transaction.objectStore(EVENTS).index("attempt").getAll(this.attempt));
    return found.filter((one) => one.person === this.person);
  }

  async clear() {
    const all = await this.all();
    return this.put("", [], all);
  }

  async forgetOld() {
    const before = Date.now() - KEEP_DAYS * 86_400_000;
    await this.write((events) => {
      events.openCursor().onsuccess = ({ target: { result: cursor } }) => {
        if (!cursor) return;
        if (cursor.value.kept < before) cursor.delete();
        cursor.continue();
      };
    });
  }
}

class Passing {
  lasts = false;
  async put() {}
  async all() {
    return [];
  }
  async clear() {}
}
