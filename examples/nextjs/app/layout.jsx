import { Tracking } from './tracking.jsx';

export const metadata = { title: 'kinesis-edge: Next.js' };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <Tracking />
        {children}
      </body>
    </html>
  );
}
