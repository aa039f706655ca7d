// Who asks, by the same statement as the floor's; both peers ask it first.
import { createHash } from "node:crypto";

const CALLER = `
select t.tenant_id, t.customer_id from customer_tokens t left join keys k on k.tenant_id = t.tenant_id and k.id = t.key_id
where t.secret_hash = $1 and t.revoked_at is null and k.revoked_at is null and t.expires_at > now()`;

export async function callerOf(pool, authorization) {
  const hash = createHash("sha256").update(authorization.slice("Bearer ".length)).digest();
  const { rows } = await pool.query({ name: "caller", text: CALLER, values: [hash] });
  return { venue: rows[0].tenant_id, customer: rows[0].customer_id };
}
