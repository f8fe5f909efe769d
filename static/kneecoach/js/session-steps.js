// What a session asks for next, as progress/rules/steps.py says it, for when the server cannot be asked. A test compares
// the two. Plain values in, plain values out.

/**
 * @typedef {object} SetFacts
 * @property {string} id
 * @property {boolean} isStarted
 * @property {boolean} isFinished
 * @property {number} target
 * @property {number[]} choices the fewest that were prescribed, and all of them
 * @property {number[]} numbers
 * @property {boolean} isFelt
 * @property {boolean} isDeep whether its depth is known, or it has none
 *
 * @typedef {object} Facts
 * @property {boolean|null} isSafe
 * @property {boolean} isStopped
 * @property {boolean} isEnded
 * @property {number|null} painLimit the most pain with which the exercises start
 * @property {string[]} overLimit the knees that are over it
 * @property {boolean} isOverridden
 * @property {string[]} sides
 * @property {string[]} ratedBefore
 * @property {string[]} ratedWorst
 * @property {SetFacts[]} sets
 */

/** @param {Facts} facts @returns {{kind: string, about: string}} the next screen, and the knee or the set it is about */
export function nextStep(facts) {
  return closed(facts) ?? before(facts) ?? ofSets(facts) ?? after(facts) ?? step("done");
}

/** The first number from 1 that no repetition has taken. */
export function nextNumber({ numbers }) {
  for (let number = 1; ; number += 1) if (!numbers.includes(number)) return number;
}

function step(kind, about = "") {
  return { kind, about };
}

function closed({ isSafe, isEnded }) {
  if (isSafe === false) return step("red_flag");
  return isEnded ? step("done") : null;
}

function before(facts) {
  if (facts.isStopped) return null;
  if (facts.isSafe === null) return step("safety");
  return unrated("pain_before", facts.sides, facts.ratedBefore) ?? (isHeldBack(facts) ? step("over_limit") : null);
}

/** Whether the pain before is over the limit, nothing has begun, and nobody has said to go on. */
function isHeldBack({ overLimit = [], isOverridden, sets }) {
  return overLimit.length > 0 && !isOverridden && !sets.some((row) => row.isStarted || row.isFinished || row.numbers.length);
}

function ofSets({ isStopped, sets }) {
  if (isStopped) return null;
  const open = sets.find((row) => !row.isFinished && nextNumber(row) <= row.target);
  return open ? step(open.isStarted ? "reps" : "get_ready", open.id) : null;
}

function after({ sides, ratedWorst, sets }) {
  const done = sets.filter((row) => row.numbers.length);
  if (!done.length) return null;
  const open = done.find((row) => !row.isFelt || !row.isDeep);
  return unrated("pain_worst", sides, ratedWorst) ?? (open ? step(open.isFelt ? "depth" : "felt_muscle", open.id) : null);
}

function unrated(kind, sides, rated) {
  const side = sides.find((name) => !rated.includes(name));
  return side ? step(kind, side) : null;
}

/**
 * The facts after one more answer, as the address it goes to and its fields tell it. Twice is the same as once.
 * @param {Facts} facts @param {string} url @param {Record<string, string|number>} fields @returns {Facts}
 */
export function withAnswer(facts, url, fields) {
  const [things, id, verb, ...rest] = url.split("/").filter(Boolean);
  return things === "sets" ? withAnswerOfSet(facts, id, verb, rest, fields) : withAnswerOfSession(facts, verb, rest, fields);
}

function withAnswerOfSession(facts, verb, [moment, side], fields) {
  if (verb === "safety") return { ...facts, isSafe: facts.isSafe !== false && fields.answer === "clear" };
  if (verb === "stop") return { ...facts, isStopped: true };
  if (verb === "resume") return resumed(facts);
  if (verb === "override") return { ...facts, isOverridden: true };
  if (verb !== "pain") return facts;
  // The screen with the warning signs asks for the first pain as well: a number says none of these.
  const isSafe = fields.none_of_these && facts.isSafe !== false ? true : facts.isSafe;
  const name = moment === "before" ? "ratedBefore" : "ratedWorst";
  const overLimit = moment === "before" ? overLimitAfter(facts, side, fields) : facts.overLimit;
  return { ...facts, isSafe, overLimit, [name]: [...new Set([...facts[name], side])] };
}

function overLimitAfter({ painLimit = null, overLimit = [] }, side, { skip, value }) {
  const others = overLimit.filter((name) => name !== side);
  const isOver = painLimit !== null && !skip && Number(value) > painLimit;
  return isOver ? [...others, side].sort() : others;
}

/** Who goes on after all does more: every set is open again, and the worst pain is asked for again. */
function resumed(facts) {
  const sets = facts.sets.map((row) => ({ ...row, isFinished: false }));
  return { ...facts, isStopped: false, isEnded: false, ratedWorst: [], sets };
}

function withAnswerOfSet(facts, id, verb, rest, fields) {
  const sets = facts.sets.map((row) => (row.id === id ? { ...row, ...changeOfSet(row, verb, rest, fields) } : row));
  return { ...facts, sets };
}

function changeOfSet(row, verb, [, takeBack], fields) {
  if (verb === "begin") return { isStarted: true };
  if (verb === "minimum") return row.isStarted ? {} : { target: row.choices[fields.reps === "fewest" ? 0 : 1] };
  if (verb === "finish") return { isFinished: true };
  if (verb === "felt") return { isFelt: true };
  if (verb === "depth") return { isDeep: true };
  if (verb !== "reps") return {};
  const number = Number(fields.number);
  if (takeBack) return { numbers: row.numbers.filter((taken) => taken !== number) };
  return { isStarted: true, numbers: [...new Set([...row.numbers, number])] };
}
