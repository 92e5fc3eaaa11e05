// A support bot on the Respan gateway, written as if there were no tests: nothing here knows of a mock.

import OpenAI from "openai";

const ORDERS = { "A-1001": "shipped on Monday", "A-1002": "waiting for payment" };

const TOOLS = [
  {
    type: "function",
    function: {
      name: "order_status",
      description: "Look up an order.",
      parameters: { type: "object", properties: { order: { type: "string" } }, required: ["order"] },
    },
  },
];

export class Bot {
  constructor({ baseURL = process.env.RESPAN_BASE_URL, apiKey = process.env.RESPAN_API_KEY } = {}) {
    this.client = new OpenAI({ baseURL: baseURL ?? "https://api.respan.ai/api", apiKey });
  }

  /** Answer a question, looking up orders where the model asks for it; another model stands by. */
  async ask(question, customer = "user_123") {
    const messages = [
      { role: "system", content: "You are the support of a small shop." },
      { role: "user", content: question },
    ];
    for (;;) {
      const completion = await this.client.chat.completions.create({
        model: "gpt-4o",
        messages,
        tools: TOOLS,
        customer_identifier: customer, // what follows are parameters of the gateway
        fallback_models: ["claude-sonnet-4-5"],
      });
      const { message } = completion.choices[0];
      if (!message.tool_calls?.length) return message.content;
      messages.push(message);
      for (const call of message.tool_calls) {
        const { order } = JSON.parse(call.function.arguments);
        messages.push({ role: "tool", tool_call_id: call.id, content: ORDERS[order] ?? "unknown" });
      }
    }
  }

  /** Answer a question word by word. */
  async *stream(question) {
    const chunks = await this.client.chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content: question }],
      stream: true,
    });
    for await (const chunk of chunks) {
      const text = chunk.choices[0]?.delta?.content;
      if (text) yield text;
    }
  }

  /** Greet a customer, in the words of a prompt that is kept on the platform. */
  async greet(name) {
    const completion = await this.client.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [],
      prompt: { prompt_id: "greeting", schema_version: 2, variables: { name } },
    });
    return completion.choices[0].message.content;
  }
}
