FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN HUSKY=0 npm ci
COPY . .
RUN npm run build && HUSKY=0 npm prune --omit=dev

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/scripts ./scripts
COPY --from=build /app/web ./web
COPY --from=build /app/dist ./dist
USER node
EXPOSE 3000
# Not npm: the server itself has to get the signals.
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
