// What of D1 is used here; a project of your own has `@cloudflare/workers-types`.

interface D1PreparedStatement {
  bind(...values: (string | number | null | undefined)[]): D1PreparedStatement;
  first<T>(): Promise<T | null>;
  all<T>(): Promise<{ results: T[] }>;
  run(): Promise<{ meta: { changes: number } }>;
}

interface D1Database {
  prepare(sql: string): D1PreparedStatement;
}
