import tseslint from "typescript-eslint";

// Code flows one way: app -> features -> shared (components, lib, api, i18n). Features meet only in app/.
const shared = ["src/components/**", "src/lib/**", "src/api/**", "src/i18n/**"];
export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.gen.ts"] },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  {
    files: shared,
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: ["**/features/**", "**/app/**"], message: "shared code knows no feature" }] }],
    },
  },
  {
    files: ["src/features/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: ["**/app/**", "../../[a-z]*/*"], message: "features do not know app/; features meet only in app/" }] }],
    },
  },
);
