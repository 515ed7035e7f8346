// Express 4 under another name, for tests; what they call is typed like Express 5.
declare module 'express-4' {
  export { default } from 'express';
}
