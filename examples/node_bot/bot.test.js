// The suite of the bot: what the models do is scripted, all that the gateway does around it is real.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { RateLimitError } from "openai";

import { Bot } from "./bot.js";
import { start } from "./mock_gateway.js";

let program, gateway, bot;

before(async () => {
  program = await start();
});
beforeEach(async () => {
  gateway = await program.gateway();
  bot = new Bot({ baseURL: gateway.url, apiKey: "any" });
});
afterEach(() => gateway.end());
after(async () => {
  assert.equal(await program.stop(), 0);
});

test("a question is answered, and the call and its row tell of it", async () => {
  await gateway.script({ models: { "gpt-4o": "You can return it within 30 days." } });

  assert.equal(await bot.ask("Can I return my lamp?"), "You can return it within 30 days.");

  const [call] = await gateway.calls();
  assert.equal(call.request.messages[1].content, "Can I return my lamp?");
  assert.equal(call.answer.text, "You can return it within 30 days.");
  const [log] = await gateway.logs();
  assert.equal(log.customer_identifier, "user_123");
  assert.equal(log.unique_id, call.log_id);
  assert.ok(log.cost > 0);
});

test("an answer is streamed as it was cut", async () => {
  await gateway.script({ models: { "gpt-4o": { replies: { chunks: ["Some", "where ", "in the drawer."] } } } });

  const words = [];
  for await (const word of bot.stream("Where is it?")) words.push(word);

  assert.deepEqual(words, ["Some", "where ", "in the drawer."]);
  const [call] = await gateway.calls();
  assert.ok(call.streamed && !call.left_early);
});

test("a reader may leave in the middle", async () => {
  await gateway.script({ models: { "gpt-4o": { stalls: true, after_chunks: 2 } } });

  const words = bot.stream("Tell me a story.");
  await words.next();
  await words.return();

  assert.ok((await gateway.calls())[0].left_early);
});

test("an order is looked up before the answer", async () => {
  const wants = { replies: { tool_calls: [{ name: "order_status", arguments: { order: "A-1001" } }] } };
  await gateway.script({ models: { "gpt-4o": [wants, "It was shipped on Monday."] } });

  assert.equal(await bot.ask("Where is my order A-1001?"), "It was shipped on Monday.");

  const [first, second] = await gateway.calls();
  assert.equal(first.answer.tool_calls[0].name, "order_status");
  assert.equal(second.request.messages.at(-1).content, "shipped on Monday");
});

test("the backup answers when the primary is down", async () => {
  await gateway.script({
    models: { "gpt-4o": { fails: "provider_overloaded" }, "claude-*": "Hello from the backup." },
  });

  assert.equal(await bot.ask("Hello?"), "Hello from the backup.");

  const [call] = await gateway.calls();
  assert.equal(call.served_model, "claude-sonnet-4-5");
  assert.deepEqual(
    call.attempts.map(({ model, status }) => [model, status]),
    [
      ["gpt-4o", 503],
      ["claude-sonnet-4-5", 200],
    ],
  );
  assert.match(call.story, /fallback {2}claude-sonnet-4-5/);
});

test("a prompt of the platform is merged", async () => {
  await gateway.script({
    prompts: [{ prompt_id: "greeting", messages: [{ role: "user", content: "Greet {{ name }}." }] }],
    models: { "gpt-4o-mini": { when: { contains: "Greet Sarah." }, replies: "Hello Sarah!" } },
  });

  assert.equal(await bot.greet("Sarah"), "Hello Sarah!");

  const [{ prompt, effective_request }] = await gateway.calls();
  assert.deepEqual([prompt.prompt_id, prompt.version], ["greeting", 1]);
  assert.deepEqual(effective_request.messages, [{ role: "user", content: "Greet Sarah." }]);
});

test("a limit is over when its window is", async () => {
  await gateway.script({
    account: { limits: [{ requests: 1, window: 60 }] },
    models: { "gpt-4o": "Yes?" },
  });
  bot.client.maxRetries = 0;

  assert.equal(await bot.ask("One"), "Yes?");
  await assert.rejects(bot.ask("Two"), RateLimitError);
  await gateway.advance({ minutes: 1 });
  assert.equal(await bot.ask("Three"), "Yes?");
});
