import { createInterface } from 'node:readline/promises';
import { EXIT, Stop } from './output.ts';

const CTRL_C = '\u0003';

/** Everything on standard input, without its last line end. */
async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** Asks on the terminal without showing what is typed. */
function ask(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true).resume().setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (settle: () => void) => {
      stdin.off('data', onData).setRawMode(false).pause();
      stderr.write('\n');
      settle();
    };
    const onData = (text: string) => {
      for (const c of text) {
        if (c === CTRL_C) return end(() => reject(new Stop(EXIT.failed, 'Stopped.')));
        if (c === '\r' || c === '\n') return end(() => resolve(typed));
        typed = c === '\u007f' || c === '\b' ? [...typed].slice(0, -1).join('') : typed + c;
      }
    };
    stdin.on('data', onData);
  });
}

/** The new password: from standard input where `--password-stdin` says so, else asked for twice on a terminal. Throws `Stop` 2. */
export async function readPassword(fromStdin: boolean): Promise<string> {
  if (fromStdin) return readAll();
  if (!process.stdin.isTTY)
    throw new Stop(EXIT.usage, 'Give the password on standard input with --password-stdin.');
  const first = await ask('Password: ');
  const second = await ask('The same again: ');
  if (first !== second) throw new Stop(EXIT.usage, 'The two passwords are different. Nothing was changed.');
  return first;
}

/** Asks on the terminal until a line is typed; true when it is the expected one, false too where there is no terminal. */
export async function confirm(question: string, expected: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim() === expected;
  } finally {
    terminal.close();
  }
}
