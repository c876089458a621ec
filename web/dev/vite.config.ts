import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { fakeServer } from "./plugin";

// CAVEAT_SERVER=http://127.0.0.1:7878 asks a real server instead of the fake one.
const target = process.env["CAVEAT_SERVER"];
const proxied = target ? { proxy: { "/api": { target, changeOrigin: true } } } : {};

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  plugins: [svelte(), fakeServer()],
  server: { port: 5178, strictPort: true, ...proxied },
  preview: { port: 5179, strictPort: true, ...proxied },
});
