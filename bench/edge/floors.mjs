// What workerd itself costs: a worker that does nothing, and one that reads one row of its D1.
export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/read") {
      const row = await env.DB.prepare("SELECT ?1 AS id").bind("one").first();
      return Response.json(row);
    }
    return Response.json({ ok: true });
  },
};
