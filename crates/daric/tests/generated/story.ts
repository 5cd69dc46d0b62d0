// A client whose types are generated from the document of a server, and its calls. Argument: the server.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const base = process.argv[2] ?? "";
const client = createClient<paths>({ baseUrl: base });

function check(what: string, found: unknown, wanted: unknown): void {
  assert.deepEqual(found, wanted, what);
  console.log(`ok: ${what}`);
}

/** The reply to an operation, which must be a success. */
function done<T>(what: string, { data, error }: { data?: T; error?: unknown }): T {
  assert(data !== undefined, `${what}: ${JSON.stringify(error)}`);
  return data;
}

/** In a form each element of a list is a parameter. */
function form(body: object): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    for (const one of Array.isArray(value) ? value : [value]) all.append(name, String(one));
  }
  return all.toString();
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const operator = bearer("demo-admin-token");
const asForm = { "Content-Type": "application/x-www-form-urlencoded" };
const shop = { _token_: "demo-shop-token" };

// The operators' API.
const terminal = { body: { sequence: "generated-terminal", merchant: "generated" }, headers: operator };
const registered = await client.POST("/admin/v1/terminals", terminal);
check("a terminal is registered", registered.response.status, 201);
const wrong = await client.GET("/admin/v1/clients", { headers: bearer("wrong") });
check("an error has its type", wrong.error?.error.code, "UNAUTHORIZED");

// Finnotech.
const grant: components["schemas"]["TokenForm"] = { client: "drops", type: "CODE", bank: "062", deposits: ["0302876214008"] };
const token = done("token", await client.POST("/admin/v1/tokens", { body: grant, headers: operator })).result?.value ?? "";
const path = { client: "drops" };
const transfer = await client.POST("/oak/v2/clients/{client}/transferTo", {
  params: { path, query: { trackId: "generated-ts" } },
  body: { amount: 50_000, description: "generated", destinationNumber: "0302876732005", paymentNumber: "1" },
  headers: bearer(token),
});
check("a transfer", done("transfer", transfer).result?.destinationNumber, "0302876732005");
const inquiry = await client.GET("/oak/v2/clients/{client}/transferInquiry", {
  params: { path, query: { inquiryTrackId: "generated-ts" } },
  headers: bearer(token),
});
check("its inquiry", done("inquiry", inquiry).result?.transferStatus, "DONE");

// POD.
const ott = done("ott", await client.POST("/nzh/ott", { headers: shop })).ott;
const issued = await client.POST("/nzh/biz/issueInvoice", {
  params: { header: { _ott_: ott } },
  body: { guildCode: "API_GUILD", productId: [0, 0], price: [50_000, 1_000], quantity: [1, 0.5], productDescription: ["book", "pen"], userId: 101 },
  bodySerializer: form,
  headers: { ...shop, ...asForm },
});
check("an invoice is issued", done("invoice", issued).result?.totalAmount, 50_500);

// PayStar.
const [sequence, pan, order_id] = ["acd54b56ddd651a5cc3v", "5022000012340000", "generated-ts"];
const asked = await client.POST("/api/ivr/bpm/otp-v2", { body: { amount: 50_000, pan, order_id, sequence } });
check("a password is sent", done("otp", asked).status, 1);
const inbox = await client.GET("/admin/v1/sms", { params: { query: { to: "09123456789", limit: 1 } }, headers: operator });
const pin = done("inbox", inbox)[0]?.text?.split("رمز پویا: ")[1]?.slice(0, 5) ?? "";
const pay = { ivr: 1, pan, pin, amount: 50_000, order_id, merchant_cid: "09123456789", sequence };
check("the order is paid", done("pay", await client.POST("/api/ivr/bpm/pay", { body: pay })).status, 1);
